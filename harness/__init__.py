"""Is my model overfitting or underfitting, which setting causes it, what cures it?"""
