"""Tests of the lecture: each study holds its fact."""
