// What a reader is told about a file that is not CIFAR-10: what came, what was expected, and what to do.

const CHOOSE =
  ", where CIFAR-10 was expected: choose cifar-10-python.tar.gz or cifar-10-binary.tar.gz as published, " +
  "or the test batch out of one.";

export const DAMAGED = "is cut short or damaged";

const UNPACK = ": if it is a folder, drop the file test_batch or test_batch.bin out of it.";

/** The sentence about a file, of which `what` says what is wrong; `todo` stands for the advice that helps with most. */
export const refused = (what: string, todo = CHOOSE): RangeError => new RangeError(`This file ${what}${todo}`);

/** Where no byte can be had. */
export const unreadable = (): RangeError => refused("cannot be read", UNPACK);
