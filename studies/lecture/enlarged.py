"""Digits of 28 by 28 pixels: those of scikit-learn, 8 by 8, drawn larger (item 14)."""

from scipy.ndimage import zoom
from sklearn.datasets import load_digits


def load():
    """Images as rows of 784 numbers, between the pixels by straight lines; and the digits."""
    images, digits = load_digits(return_X_y=True)
    larger = zoom(images.reshape(-1, 8, 8), (1, 3.5, 3.5), order=1)
    return larger.reshape(len(larger), -1), digits
