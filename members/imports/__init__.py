"""Order files on their way into the tables: taken in whole, staged by COPY, checked, merged chunk by chunk."""
