// Written by `make frontend` from the traits in cnnbook/widgets: change them there.
// What a link may change of each kind of widget, and within which limits; parts/rules.ts reads it.
export const RULES = {
  accuracy: {
    cell: {"type": "cell"},
  },
  activation: {
    activation: {"type": "choice", "of": ["relu", "leaky_relu", "elu", "gelu", "sigmoid", "tanh", "linear"]},
    bias: {"type": "number", "least": -1000000, "most": 1000000},
    cell: {"type": "cell"},
    filter: {
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
        "laplacian",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "10",
        "11",
        "12",
        "13",
        "14",
        "15",
        "16",
        "17",
        "18",
        "19",
        "20",
        "21",
        "22",
        "23",
        "24",
        "25",
        "26",
        "27",
        "28",
        "29",
        "30",
        "31"
      ]
    },
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit", "two lines"], "most": 64},
    side: {"type": "whole", "least": 1, "most": 64},
  },
  builder: {
    channels: {"type": "whole", "least": 1, "most": 1024},
    columns: {"type": "whole", "least": 1, "most": 1024},
    layers: {
      "type": "stack",
      "most": 60,
      "kinds": {
        "Conv2D": {
          "filters": {
            "type": "whole",
            "least": 1,
            "most": 4096,
            "start": 32
          },
          "kernel": {
            "type": "whole",
            "least": 1,
            "most": 15,
            "start": 3
          },
          "stride": {
            "type": "whole",
            "least": 1,
            "most": 8,
            "start": 1
          },
          "padding": {
            "type": "choice",
            "of": [
              "same",
              "valid"
            ],
            "start": "same"
          },
          "activation": {
            "type": "choice",
            "of": [
              "relu",
              "linear",
              "gelu",
              "sigmoid",
              "tanh",
              "softmax"
            ],
            "start": "relu"
          }
        },
        "DepthwiseConv2D": {
          "kernel": {
            "type": "whole",
            "least": 1,
            "most": 15,
            "start": 3
          },
          "stride": {
            "type": "whole",
            "least": 1,
            "most": 8,
            "start": 1
          },
          "padding": {
            "type": "choice",
            "of": [
              "same",
              "valid"
            ],
            "start": "same"
          },
          "activation": {
            "type": "choice",
            "of": [
              "relu",
              "linear",
              "gelu",
              "sigmoid",
              "tanh",
              "softmax"
            ],
            "start": "relu"
          }
        },
        "MaxPooling2D": {
          "size": {
            "type": "whole",
            "least": 1,
            "most": 15,
            "start": 2
          },
          "stride": {
            "type": "whole",
            "least": 1,
            "most": 8,
            "start": 2
          },
          "padding": {
            "type": "choice",
            "of": [
              "valid",
              "same"
            ],
            "start": "valid"
          }
        },
        "AveragePooling2D": {
          "size": {
            "type": "whole",
            "least": 1,
            "most": 15,
            "start": 2
          },
          "stride": {
            "type": "whole",
            "least": 1,
            "most": 8,
            "start": 2
          },
          "padding": {
            "type": "choice",
            "of": [
              "valid",
              "same"
            ],
            "start": "valid"
          }
        },
        "GlobalMaxPooling2D": {},
        "GlobalAveragePooling2D": {},
        "BatchNormalization": {},
        "Activation": {
          "activation": {
            "type": "choice",
            "of": [
              "relu",
              "linear",
              "gelu",
              "sigmoid",
              "tanh",
              "softmax"
            ],
            "start": "relu"
          }
        },
        "Dropout": {
          "rate": {
            "type": "number",
            "least": 0,
            "most": 0.95,
            "start": 0.25
          }
        },
        "Flatten": {},
        "Dense": {
          "units": {
            "type": "whole",
            "least": 1,
            "most": 8192,
            "start": 128
          },
          "activation": {
            "type": "choice",
            "of": [
              "relu",
              "linear",
              "gelu",
              "sigmoid",
              "tanh",
              "softmax"
            ],
            "start": "relu"
          }
        }
      },
      "keras": {
        "kernel": "kernel_size",
        "size": "pool_size",
        "stride": "strides"
      },
      "plain": {
        "use_bias": true,
        "dilation_rate": 1,
        "groups": 1,
        "depth_multiplier": 1,
        "data_format": "channels_last",
        "keepdims": false,
        "center": true,
        "scale": true
      }
    },
    rows: {"type": "whole", "least": 1, "most": 1024},
  },
  channels: {
    biases: {"type": "numbers", "count": 2, "most": 1000000},
    cell: {"type": "cell"},
    filter: {"type": "whole", "least": 1, "most": 2},
    filters: {"type": "filters", "most": 3},
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit", "two lines"], "most": 64},
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
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit", "two lines"], "most": 64},
    side: {"type": "whole", "least": 1, "most": 64},
    stride: {"type": "whole", "least": 1, "most": 8},
  },
  guess: {
    guess: {"type": "answer", "most": 1000000000000},
  },
  learner: {
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit", "two lines"], "most": 64},
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
  network: {
    angle: {"type": "number", "least": -180, "most": 180},
    blur: {"type": "number", "least": 0, "most": 4},
    brightness: {"type": "number", "least": -128, "most": 128},
    cell: {"type": "cell"},
    down: {"type": "number", "least": -32, "most": 32},
    layer: {"type": "whole", "least": 0, "most": 999},
    map: {"type": "whole", "least": 0, "most": 9999},
    mattered: {"type": "choice", "of": ["nothing", "covering", "Grad-CAM", "field"]},
    noise: {"type": "number", "least": 0, "most": 128},
    off: {"type": "labels", "most": 64, "longest": 60},
    picture: {
      "type": "picture",
      "names": [
        "test airplane",
        "test automobile",
        "test bird",
        "test cat",
        "test deer",
        "test dog",
        "test frog",
        "test horse",
        "test ship",
        "test truck",
        "cat",
        "coffee",
        "temple",
        "digit",
        "two lines"
      ],
      "most": 64
    },
    right: {"type": "number", "least": -32, "most": 32},
    zoom: {"type": "number", "least": 0.25, "most": 4},
  },
  pixels: {
    cell: {"type": "cell"},
    channel: {"type": "choice", "of": ["colour", "red", "green", "blue", "grey"]},
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit", "two lines"], "most": 64},
    scale: {"type": "choice", "of": ["8-bit", "0 to 1"]},
    side: {"type": "whole", "least": 1, "most": 64},
  },
  pooling: {
    cell: {"type": "cell"},
    down: {"type": "whole", "least": -4, "most": 4},
    padding: {"type": "choice", "of": ["valid", "same"]},
    picture: {"type": "picture", "names": ["cat", "coffee", "temple", "digit", "two lines"], "most": 64},
    pooling: {"type": "choice", "of": ["max", "average"]},
    right: {"type": "whole", "least": -4, "most": 4},
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
  training: {
    cell: {"type": "cell"},
    epoch: {"type": "whole", "least": 0, "most": 12},
    filter: {"type": "whole", "least": 0, "most": 31},
    image: {"type": "whole", "least": 0, "most": 23},
  },
} as const;
export const LARGEST_NUMBER = 1000000; // of a weight or a bias
export const LARGEST_SIDE = 64; // of a picture, in pixels
