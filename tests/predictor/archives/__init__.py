"""Tests of archives of logs."""
