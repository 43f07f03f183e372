HERE = "layer"
