"""What opens a turnstile, and who watches over it."""
