"""What goes on beside a crawl, one class per file: the run itself, its progress, its report."""
