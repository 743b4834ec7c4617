"""A disk that forgets what was not synced: a FUSE file system in memory over a real folder.

Mounted with what the folder holds. When it is unmounted, that is the power cut: only what was
synced goes back to the folder, and by lot some of what was not (`lasting`), page by page and name
by name, as a real disk's cache would have it.

    python power_cut_disk.py FOLDER MOUNT_POINT SEED LASTING
"""

import errno
import os
import random
import shutil
import stat
import sys
from itertools import count
from pathlib import Path, PurePosixPath

import mfusepy

PAGE = 4096
ROOM_BYTES = 1 << 30


class File:
    """live: what programs see. durable: what was synced. dirty: pages that differ, perhaps."""

    mode = stat.S_IFREG | 0o644

    def __init__(self, data: bytes = b"") -> None:
        self.live = bytearray(data)
        self.durable = bytes(data)
        self.dirty: set[int] = set()

    def write(self, data: bytes, offset: int) -> int:
        self._resize(max(len(self.live), offset + len(data)))
        self.live[offset : offset + len(data)] = data
        self.dirty.update(range(offset // PAGE, (offset + len(data) - 1) // PAGE + 1))
        return len(data)

    def truncate(self, length: int) -> None:
        self._resize(length)
        self.dirty.add(length // PAGE)

    def sync(self) -> None:
        self.durable = bytes(self.live)
        self.dirty.clear()

    def after_cut(self, lot: random.Random, lasting: float) -> bytes:
        left = bytearray(self.durable)
        for page in sorted(self.dirty):
            if lot.random() < lasting:
                data = self.live[page * PAGE : (page + 1) * PAGE]
                left.extend(bytes(max(page * PAGE - len(left), 0)))
                left[page * PAGE : page * PAGE + len(data)] = data
        if len(left) > len(self.live) and lot.random() < lasting:
            del left[len(self.live) :]
        return bytes(left)

    def _resize(self, length: int) -> None:
        del self.live[length:]
        self.live.extend(bytes(length - len(self.live)))


class Folder:
    """live: names that programs see. durable: names that were synced. pending: changes since."""

    mode = stat.S_IFDIR | 0o755

    def __init__(self) -> None:
        self.live: dict[str, File | Folder] = {}
        self.durable: dict[str, File | Folder] = {}
        self.pending: list[dict[str, File | Folder | None]] = []

    def change(self, **names: "File | Folder | None") -> None:
        """All of these names at once: a node to put there, None to take away."""
        self.pending.append(names)
        _apply(self.live, names)

    def sync(self) -> None:
        self.durable = dict(self.live)
        self.pending.clear()

    def after_cut(self, lot: random.Random, lasting: float) -> "dict[str, File | Folder]":
        left = dict(self.durable)
        for names in self.pending:
            if lot.random() >= lasting:
                break  # A file system keeps the order of its names.
            _apply(left, names)
        return left


def _apply(to: "dict[str, File | Folder]", names: "dict[str, File | Folder | None]") -> None:
    for name, node in names.items():
        if node is None:
            to.pop(name, None)
        else:
            to[name] = node


class PowerCutDisk(mfusepy.Operations):
    """Everything in memory, until `destroy` writes back what a power cut leaves."""

    use_ns = True

    def __init__(self, folder: Path, lot: random.Random, lasting: float) -> None:
        self._folder = folder
        self._lot = lot
        self._lasting = lasting
        self._root = _loaded(folder)
        self._handles: dict[int, File] = {}
        self._numbers = count(1)

    def init(self, path: str) -> None:
        print("mounted", flush=True)

    def destroy(self, path: str) -> None:
        shutil.rmtree(self._folder)
        self._leave(self._root, self._folder)

    def _leave(self, folder: Folder, path: Path) -> None:
        path.mkdir()
        for name, node in folder.after_cut(self._lot, self._lasting).items():
            if isinstance(node, Folder):
                self._leave(node, path / name)
            else:
                (path / name).write_bytes(node.after_cut(self._lot, self._lasting))

    def _node(self, path: str) -> "File | Folder":
        node: File | Folder = self._root
        for name in PurePosixPath(path).parts[1:]:
            if not isinstance(node, Folder) or name not in node.live:
                raise mfusepy.FuseOSError(errno.ENOENT)
            node = node.live[name]
        return node

    def _place(self, path: str) -> "tuple[Folder, str]":
        parent = self._node(str(PurePosixPath(path).parent))
        assert isinstance(parent, Folder)
        return parent, PurePosixPath(path).name

    def _opened(self, node: File) -> int:
        handle = next(self._numbers)
        self._handles[handle] = node
        return handle

    def getattr(self, path: str, fh: int | None = None) -> dict:
        node = self._handles.get(fh or 0) or self._node(path)
        size = len(node.live) if isinstance(node, File) else 0
        return {"st_mode": node.mode, "st_nlink": 1, "st_size": size, "st_uid": os.getuid()}

    def readdir(self, path: str, fh: int) -> list[str]:
        node = self._node(path)
        assert isinstance(node, Folder)
        return [".", "..", *node.live]

    def create(self, path: str, mode: int, fi: object = None) -> int:
        parent, name = self._place(path)
        parent.change(**{name: File()})
        return self._opened(parent.live[name])

    def open(self, path: str, flags: int) -> int:
        return self._opened(self._node(path))

    def release(self, path: str, fh: int) -> int:
        self._handles.pop(fh, None)
        return 0

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return bytes(self._handles[fh].live[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        return self._handles[fh].write(data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        (self._handles.get(fh or 0) or self._node(path)).truncate(length)
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        self._handles[fh].sync()
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        self._node(path).sync()
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        parent, name = self._place(path)
        parent.change(**{name: Folder()})
        return 0

    def unlink(self, path: str) -> int:
        parent, name = self._place(path)
        parent.change(**{name: None})
        return 0

    rmdir = unlink

    def rename(self, old: str, new: str) -> int:
        (source, was), (target, name) = self._place(old), self._place(new)
        node = source.live[was]
        if source is target:
            source.change(**{was: None, name: node})
        else:
            target.change(**{name: node})
            source.change(**{was: None})
        return 0

    def chmod(self, path: str, mode: int) -> int:
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        return 0

    def statfs(self, path: str) -> dict:
        blocks = ROOM_BYTES // PAGE
        return {"f_bsize": PAGE, "f_frsize": PAGE, "f_blocks": blocks, "f_bfree": blocks,
                "f_bavail": blocks, "f_namemax": 255}  # fmt: skip


def _loaded(path: Path) -> Folder:
    folder = Folder()
    for each in path.iterdir():
        folder.live[each.name] = _loaded(each) if each.is_dir() else File(each.read_bytes())
    folder.sync()
    return folder


if __name__ == "__main__":
    backing, mount_point, seed, lasting = sys.argv[1:]
    disk = PowerCutDisk(Path(backing), random.Random(int(seed)), float(lasting))
    mfusepy.FUSE(disk, mount_point, foreground=True, nothreads=True, hard_remove=True)
