"""Objects on the heap: hashes, cycles, weak references, streams half done, a recursion half way down."""

import collections
import decimal
import gc
import hashlib
import random
import weakref
import zlib

import victim

DEPTH = 300
TEXT = b"".join(b"line %d\n" % (n * n) for n in range(20000))


class Node:
    def __init__(self, number):
        self.number, self.next = number, None


def ring(size):
    nodes = [Node(n) for n in range(size)]
    for node, following in zip(nodes, nodes[1:] + nodes[:1]):
        node.next = following
    return nodes[0]


def numbers_of(node, count):
    numbers = []
    for _ in range(count):
        numbers.append(node.number)
        node = node.next
    return numbers


def body():
    words = {f"word {n}": n for n in range(20000)}
    ordered = collections.OrderedDict(reversed(words.items()))
    chance, same = random.Random(5), random.Random(5)
    drawn = [chance.random() for _ in range(1000)]
    digest, inflater = hashlib.sha256(TEXT[:777]), zlib.decompressobj()
    packed = zlib.compress(TEXT)
    unpacked = inflater.decompress(packed[:5000])
    nodes = ring(5000)
    weak = weakref.ref(nodes)
    decimal.getcontext().prec = 60
    third = decimal.Decimal(1) / 3
    descend(0)
    if victim.broken(1):
        words["word 5"] = 6
    if victim.broken(2):
        digest.update(b"x")
    if victim.broken(3):
        weak().next = weak()
    victim.check(all(words[f"word {n}"] == n for n in range(20000)), "a dictionary has lost words")
    victim.check(list(ordered) == list(reversed(words)), "an order is lost")
    digest.update(TEXT[777:])
    victim.check_is("digest", digest.hexdigest(), hashlib.sha256(TEXT).hexdigest())
    victim.check(unpacked + inflater.decompress(packed[5000:]) == TEXT, "a stream was not unpacked")
    drawn += [chance.random() for _ in range(1000)]
    victim.check(drawn == [same.random() for _ in range(2000)], "random numbers are others")
    victim.check(numbers_of(weak(), 10000) == list(range(5000)) * 2, "a ring is broken")
    del nodes
    gc.collect()
    victim.check(weak() is None, "garbage is not collected")
    victim.check_is("a third", third * 3, decimal.Decimal("0." + "9" * 60))


def descend(depth):
    here = f"depth {depth}"
    if depth == DEPTH:
        victim.across()
    else:
        descend(depth + 1)
    victim.check_is("a local variable", here, f"depth {depth}")


victim.run(body)
