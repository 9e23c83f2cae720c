// Written by `make frontend` from the traits in cnnbook/widgets: change them there.
// What a link may change of each kind of widget, and within which limits; parts/rules.ts reads it.
export const RULES = {
  channels: {
    biases: {"type": "numbers", "count": 2, "most": 1000000},
    cell: {"type": "cell"},
    filter: {"type": "whole", "least": 1, "most": 2},
    filters: {"type": "filters", "most": 3},
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit"], "most": 64},
    side: {"type": "whole", "least": 1, "most": 64},
    stride: {"type": "whole", "least": 1, "most": 8},
  },
  convolution: {
    bias: {"type": "number", "least": -1000000, "most": 1000000},
    cell: {"type": "cell"},
    colours: {"type": "choice", "of": ["fitted", "fixed"]},
    dilation: {"type": "whole", "least": 1, "most": 8},
    kernel: {"type": "kernel", "most": 7},
    padding: {"type": "padding", "most": 16},
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit"], "most": 64},
    side: {"type": "whole", "least": 1, "most": 64},
    stride: {"type": "whole", "least": 1, "most": 8},
  },
  guess: {
    guess: {"type": "answer", "most": 1000000000000},
  },
  learner: {
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit"], "most": 64},
    secret: {
      "type": "choice",
      "of": [
        "sobel-x",
        "identity",
        "blur",
        "gaussian",
        "sharpen",
        "edges",
        "sobel-y",
        "emboss",
        "laplacian"
      ]
    },
    side: {"type": "whole", "least": 1, "most": 64},
    start: {"type": "numbers", "count": 9, "most": 1000000},
    steps: {"type": "whole", "least": 0, "most": 300},
  },
  logits: {
    function: {"type": "choice", "of": ["softmax", "sigmoid"]},
    logits: {"type": "numbers", "count": 10, "most": 1000000},
    rate: {"type": "whole", "least": 0, "most": 90},
    right: {"type": "index", "of": "names"},
    seed: {"type": "whole", "least": 0, "most": 9999},
    temperature: {"type": "number", "least": 0.01, "most": 100},
    training: {"type": "choice", "of": ["off", "on"]},
  },
  pixels: {
    cell: {"type": "cell"},
    channel: {"type": "choice", "of": ["colour", "red", "green", "blue", "grey"]},
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit"], "most": 64},
    scale: {"type": "choice", "of": ["8-bit", "0 to 1"]},
    side: {"type": "whole", "least": 1, "most": 64},
  },
  pooling: {
    cell: {"type": "cell"},
    padding: {"type": "choice", "of": ["valid", "same"]},
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit"], "most": 64},
    pooling: {"type": "choice", "of": ["max", "average"]},
    side: {"type": "whole", "least": 1, "most": 64},
    size: {"type": "whole", "least": 1, "most": 8},
    stride: {"type": "whole", "least": 1, "most": 8},
  },
  quiz: {
    chosen: {"type": "index", "of": "choices"},
  },
  shape: {
    dilation: {"type": "whole", "least": 1, "most": 4},
    kernel: {"type": "whole", "least": 1, "most": 7},
    padding: {"type": "padding", "most": 8},
    size: {"type": "whole", "least": 1, "most": 32},
    stride: {"type": "whole", "least": 1, "most": 5},
    wanted: {"type": "whole", "least": 1, "most": 32},
  },
} as const;
export const LARGEST_NUMBER = 1000000; // of a weight or a bias
export const LARGEST_SIDE = 64; // of a picture, in pixels
