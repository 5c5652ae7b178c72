import chorei.core


def test_the_room_exports_what_it_says() -> None:
    assert sorted(chorei.core.__all__) == chorei.core.__all__
    for name in chorei.core.__all__:
        assert hasattr(chorei.core, name)
