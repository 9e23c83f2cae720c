"""What our packages touch of `google.colab`, which cannot be installed anywhere but on Colab."""
