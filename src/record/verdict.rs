//! What a line is: chatter, a success or a failure.
