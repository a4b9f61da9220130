#!/bin/sh
# The first session of a newcomer is docs/first-minute.txt, byte for byte; and the same without a terminal.
exec python3 -B "$TOP/docs/make-docs.py" --check first-minute
