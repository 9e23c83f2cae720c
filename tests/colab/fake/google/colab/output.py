"""Colab's custom widget manager: once switched on, it says where it was loaded from."""


class _widgets:
    _installed_url = None


def enable_custom_widget_manager():
    """Remember that a package asked for the manager."""
    _widgets._installed_url = "https://ssl.gstatic.com/colaboratory-static/widgets/colab-cdn-widget-manager/"
