def test_x(published):
    assert published.entry.number
