#!/bin/sh
# Every command that README and tutorial show prints what they say.
exec python3 -B "$TOP/docs/make-docs.py" --check commands
