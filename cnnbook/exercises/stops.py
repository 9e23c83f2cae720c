"""What Python and NumPy say when a learner's code stops, in plain English."""

import re

# A pattern for "Type: message", and what to say; {0}, {1} are the groups of the pattern.
_STOPS = [
    (
        r"UnboundLocalError: .*variable '(\w+)'",
        "`{0}` is used before it has a value. Give it one first, above the loops.",
    ),
    (
        r"NameError: name '(np|math|keras)'",
        "`{0}` is not imported yet. Run the cell that imports it, then this one again.",
    ),
    (
        r"NameError: name '(\w+)'",
        "Nothing is called `{0}` there. Is it spelled as in the line where it gets its value?",
    ),
    (
        r"float\d*' object cannot be interpreted|got 'np.float|slice indices must|only integers, slices|"
        r"indices must be integers or slices, not (?:numpy\.)?float",
        "A size, an index or the end of a range is a fraction there. `/` makes one, even of 4 / 2; "
        "`//` divides and rounds down. (A share of a number is a fraction, too: round(...) makes it whole.)",
    ),
    (
        r"truth value of an array",
        "`if`, `max` and `sorted` want one answer, and a comparison of an array gives one for each number. "
        "What decides for each number by itself?",
    ),
    (
        r"only integer scalar arrays can be converted to a scalar index",
        "A whole array stands where one whole number is wanted, as an index, a size or an axis is. (The "
        "second argument of np.max is an axis; np.maximum compares two arrays, number by number.)",
    ),
    (
        r"setting an array element with a sequence|arrays can be converted to Python scalars",
        "Several numbers were put into one place. What makes one number of them all? "
        "(The built-in sum() adds up rows, and leaves a row.)",
    ),
    (
        r"could not broadcast input array from shape (\(.*?\)) into shape (\(.*?\))",
        "Numbers of the shape {0} were put into a place of the shape {1}. Which of the two did you mean?",
    ),
    (
        r"non-broadcastable output operand with shape (\(.*?\)) .*?shape (\(.*?\))",
        "Numbers of the shape {1} are to go into a place of the shape {0}. The place `[a:b]` ends before b: "
        "does each of your places begin and end where it should?",
    ),
    (
        r"boolean array indexing assignment",
        "The condition left of the `=` picks some places, and right of it stand all numbers. Pick "
        "there with the same condition.",
    ),
    (
        r"operands could not be broadcast together with.*?(\([\d,]*\)).*? (\([\d,]*\))",
        "Number by number, the shapes {0} and {1} do not go together. Print both right before that line.",
    ),
    (
        r"matmul:|shapes .* not aligned",
        "`@` and np.dot multiply as matrices, rows by columns. Number by number is `*`.",
    ),
    (
        r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
        "Index {0} was asked of axis {1}, which has the size {2}; the first is 0. How far does the loop run, "
        "and do the indices stand in the right order?",
    ),
    (
        r"IndexError: tuple index out of range",
        "A shape has a number for each axis, and that array has fewer axes; a single number has none. "
        "What does the name before `.shape` hold by then?",
    ),
    (
        r"IndexError: list(?: assignment)? index out of range",
        "The list ends before that index. The first index is 0, and a list grows by append alone.",
    ),
    (
        r"too many indices for array: array is (\d+)-dimensional, but (\d+) were",
        "That array has {0} axes, and {1} indices were given. Which shape has it?",
    ),
    (
        r"(?:list|tuple) indices must be integers or slices, not tuple",
        "Rows in a list are asked one after the other, [row][column]. np.array(...) makes a grid of them.",
    ),
    (
        r"'(list|tuple)' object has no attribute '(\w+)'",
        "A {0} has no `.{1}`, an array has. np.array(...) makes one.",
    ),
    (
        r"can't multiply sequence by non-int|unsupported operand type.*'list'",
        "Lists are not added or multiplied number by number, arrays are. np.array(...) makes one.",
    ),
    (
        r"Cannot interpret '.*' as a data type",
        "Rows and columns go in as one shape, with brackets of their own: np.zeros((rows, columns)).",
    ),
    (
        r"to be a \w+ tensor but is a|Incompatible type conversion|arguments to have the same dtypes",
        'Keras wants numbers of one dtype. x.astype("float32") makes an array of such numbers.',
    ),
    (
        r"negative dimensions are not allowed",
        "A size came out below 0. Which number is subtracted from which?",
    ),
    (
        r"(?:not enough|too many) values to unpack",
        "Left of the `=` stand more or fewer names than values come out on its right.",
    ),
    (
        r"Python integer (-?\d+) out of bounds for (u?int\d+)",
        "{1} does not hold {0}, so NumPy does not compute with both. Make another type of the array first.",
    ),
    (
        r"Cannot cast ufunc|out of bounds for u?int\d+",
        "The array is of whole numbers, and what goes in is a fraction or too large. Which dtype has it?",
    ),
    (
        r"numpy boolean (?:subtract|negative)",
        "NumPy neither subtracts True and False nor gives them a sign. Which numbers shall they stand for, "
        "or which of them do you want to pick?",
    ),
    (
        r"'NoneType' object",
        "Something in that line is None. print(), append() and a function without `return` give that.",
    ),
    (
        r"object is not callable",
        "Round brackets stand after something that is no function. Places in an array take square ones.",
    ),
    (
        r"RecursionError",
        "Your function calls itself without end. In which case shall it stop to do so?",
    ),
    (
        r"MemoryError",
        "That takes more memory than there is. Which sizes did you ask for?",
    ),
    (
        r"math range error|Numerical result out of range",
        "A power comes out too large for a number of 64 bits there, as e^1000 does: e^709 is about the "
        "largest. What is the exponent by then?",
    ),
    (
        r"ZeroDivisionError",
        "It divides by 0 there.",
    ),
    (
        r"SystemExit",
        "`exit` ends the whole program. `return` ends a function.",
    ),
]


def explain(text: str) -> str:
    """Say what an error means and where to look.

    Args:
        text: ``"Type: message"``, as Python prints it.

    Returns:
        One or two sentences; for an error that is not in the list, `text`.
    """
    for pattern, sentence in _STOPS:
        if found := re.search(pattern, text, re.DOTALL):
            return sentence.format(*found.groups())
    return f"Python says {text}" if text.endswith((".", "!", "?")) else f"Python says {text}."
