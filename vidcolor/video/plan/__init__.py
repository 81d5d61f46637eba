"""What will be written, decided and checked before the first frame is colored."""
