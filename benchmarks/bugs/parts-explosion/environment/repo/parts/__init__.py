"""Bills of material: what has to be built and bought for a machine."""
