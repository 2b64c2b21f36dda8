"""A database in the middle of a transaction and of a query: its locks, its journal, what is in neither file yet."""

import sqlite3

import victim


def connect(path):
    return sqlite3.connect(path, isolation_level=None, timeout=0)


def may_write(path):
    other = connect(path)
    try:
        other.execute("BEGIN IMMEDIATE")
        return True
    except sqlite3.OperationalError:
        return False
    finally:
        other.close()


def body():
    path = victim.work_file("db", b"")
    database = connect(path)
    database.execute("CREATE TABLE kept (number INTEGER PRIMARY KEY, text TEXT)")
    rows = [(n, f"text {n} " * 5) for n in range(2000)]
    database.execute("BEGIN")
    database.executemany("INSERT INTO kept VALUES (?, ?)", rows[:1000])
    database.execute("COMMIT")
    database.execute("BEGIN IMMEDIATE")
    database.executemany("INSERT INTO kept VALUES (?, ?)", rows[1000:1500])
    query = database.execute("SELECT * FROM kept WHERE number < 1000 ORDER BY number")
    read = [next(query) for _ in range(300)]
    victim.across()
    if victim.broken(1):
        database.rollback()
    if victim.broken(2):
        next(query)
    victim.check(not may_write(path), "another may write: its lock is gone")
    read += list(query)
    victim.check(read == rows[:1000], "the query has lost its place")
    database.executemany("INSERT INTO kept VALUES (?, ?)", rows[1500:])
    other = connect(path)
    victim.check_is("rows that others see before", other.execute("SELECT count(*) FROM kept").fetchone(), (1000,))
    database.execute("COMMIT")
    victim.check(other.execute("SELECT * FROM kept ORDER BY number").fetchall() == rows, "rows are not as written")
    victim.check_is("integrity", other.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
    victim.check(may_write(path), "its lock is still there")


victim.run(body)
