"""What people type into the workbench, checked."""
