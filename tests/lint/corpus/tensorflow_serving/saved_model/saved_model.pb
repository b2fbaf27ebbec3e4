not really
