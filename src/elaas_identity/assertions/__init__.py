"""Signed statements to other systems about who is signed in. Pure: values in, values out."""
