# Generated from _async/__init__.py by scripts/unasync.py. Do not edit: edit that file and run it.
