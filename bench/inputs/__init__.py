"""Every kind of model that arrives as a graph, from a real file: does it convert, agree, get faster and smaller?"""
