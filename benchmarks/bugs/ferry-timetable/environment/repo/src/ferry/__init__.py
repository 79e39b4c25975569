"""When does the next ferry leave?"""
