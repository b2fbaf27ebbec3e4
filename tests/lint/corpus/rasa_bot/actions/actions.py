print("actions")
