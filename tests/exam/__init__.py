"""The judge's public exam: runs whose truth is known by construction, and who judges them how.

`make exam` draws it and prints how our judge and the rules that others use do in it.
"""
