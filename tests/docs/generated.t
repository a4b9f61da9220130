#!/bin/sh
# Generated pages are up to date; links between pages lead somewhere.
exec python3 -B "$TOP/docs/make-docs.py" --check generated
