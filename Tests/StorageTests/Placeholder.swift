// awaiting the suite
