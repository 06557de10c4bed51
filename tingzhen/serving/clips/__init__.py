"""What is known, shown and done about one clip that the service keeps."""
