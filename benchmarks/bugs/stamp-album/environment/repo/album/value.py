def cents(album, prices, default=10):
    """What an album is worth: prices by motif, doubles at half."""
    total = 0
    for country in album.countries():
        for stamp, pieces in album.page(country):
            price = prices.get(stamp.motif, default)
            total += price + (pieces - 1) * price // 2
    return total
