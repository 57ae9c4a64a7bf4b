"""What the demonstration of tensors is put together from: how the parameters of each layer are counted."""
