import pytest
from cnnbook.widgets import ActivationLab
@pytest.mark.parametrize("name,widget,opt", [
 ("a", ActivationLab("cat", bias=-0.3), dict(width=800,height=1300)),
 ("b", ActivationLab("coffee", filter=9, activation="gelu"), dict(width=800,height=1300,dark=True)),
 ("c", ActivationLab("cat", filter="edges", activation="sigmoid"), dict(width=360,height=1900)),
 ("d", ActivationLab("digit", filter=3), dict(width=800,height=1300)),
])
def test_shot(open_widget, name, widget, opt):
    page = open_widget(widget, **opt)
    page.screenshot(path=f"/tmp/shot5{name}.png", full_page=True)
    print(page.evaluate("reader.widget.innerText"))
