"""What happens to an item between spider and file, one class per file; settings.ITEM_PIPELINES is the order."""
