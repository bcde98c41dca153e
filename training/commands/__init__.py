"""Commands that training adds to `fetchcast`: one file each, imported on first use."""
