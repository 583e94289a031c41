"""What everything else uses and that touches nothing outside the process: ids, clock, errors, text, paging."""
