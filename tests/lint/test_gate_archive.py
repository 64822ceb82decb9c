# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/gate: what of a run is packed, in which files, and how it is read again."""

import io
import json
import random
import shutil
import tarfile
import tempfile
import unittest
from pathlib import Path

from made_up_tree import InFolder

import archive  # isort: skip
import packing  # isort: skip


class Archives(InFolder):
    def evidence(self, **sizes: int) -> Path:
        """A run whose captures have these sizes in kB, and cannot be compressed."""
        run = self.folder / "run"
        for folder in ("captures", "logs", "sass"):
            (run / folder).mkdir(parents=True)
        (run / "results.json").write_text("{}")
        (run / "logs/build_compile.out").write_bytes(random.Random(2).randbytes(60_000))
        (run / "logs/known.log").write_text("known")
        (run / "sass/one.sass").write_text("FADD")
        for name, size in sizes.items():
            name = name.replace("_", "-")
            (run / f"captures/{name}.flops").write_bytes(random.Random(name).randbytes(size * 1000))
        return run

    def unpacked(self, file: Path) -> dict[str, bytes]:
        """Its files."""
        found = archive.unpack(file, Path(tempfile.mkdtemp(dir=self.folder)))
        return {f.relative_to(found).as_posix(): f.read_bytes() for f in found.rglob("*") if f.is_file()}

    def packed(self, *members: tuple[str, bytes, bytes]) -> Path:
        """An archive of members with these names, types and contents."""
        file = self.folder / "made.tar.gz"
        with tarfile.open(file, "w:gz") as tar:
            for name, kind, content in members:
                member = tarfile.TarInfo(name)
                member.type, member.size, member.linkname = kind, len(content), "/etc/hostname"
                tar.addfile(member, io.BytesIO(content))
        return file

    def test_unpacking_returns_what_was_packed(self):
        evidence = self.folder / "evidence"
        (evidence / "captures").mkdir(parents=True)
        (evidence / "captures/one.flops").write_bytes(b"\0\1")
        (evidence / "results.json").write_text("{}")
        archive.pack(evidence, self.folder / "new/one.tar.gz")
        found = archive.unpack(self.folder / "new/one.tar.gz", self.folder / "again")
        self.assertEqual(found, self.folder / "again/evidence")
        self.assertEqual((found / "captures/one.flops").read_bytes(), b"\0\1")
        self.assertEqual(sorted(f.name for f in found.rglob("*")), ["captures", "one.flops", "results.json"])
        self.assertEqual([f.name for f in (self.folder / "new").iterdir()], ["one.tar.gz"])

    def test_paths_outside_of_one_folder_are_refused(self):
        for members, words in (
                ([("../out", tarfile.REGTYPE, b"")], "holds the path"),
                ([("/out", tarfile.REGTYPE, b"")], "holds the path"),
                ([("a/../../out", tarfile.REGTYPE, b"")], "holds the path"),
                ([("a/link", tarfile.SYMTYPE, b"")], "neither file nor folder"),
                ([("a/link", tarfile.LNKTYPE, b"")], "neither file nor folder"),
                ([("a/one", tarfile.REGTYPE, b"1"), ("b/two", tarfile.REGTYPE, b"2")], "more than one folder"),
                ([("a/one", tarfile.REGTYPE, b"1"), ("a/one", tarfile.REGTYPE, b"2")], "cannot be unpacked"),
                ([], "is empty")):
            with self.assertRaisesRegex(archive.BadArchive, words):
                archive.unpack(self.packed(*members), Path(tempfile.mkdtemp(dir=self.folder)))

    def test_truncated_and_other_files_are_refused(self):
        file = self.packed(("a/one", tarfile.REGTYPE, random.Random(1).randbytes(100000)))
        whole = file.read_bytes()
        for content in (whole[:50000], b"no archive", whole[:3000] + b"\0" * 3000 + whole[6000:]):
            file.write_bytes(content)
            with self.assertRaises(archive.BadArchive):
                archive.unpack(file, Path(tempfile.mkdtemp(dir=self.folder)))

    def test_the_small_archive_lacks_captures_and_output_of_compilers(self):
        run = self.evidence(known_counts=1)
        file = packing.pack_small(run, self.folder / "e.tar.gz")
        self.assertEqual(file.name, "e-small.tar.gz")
        self.assertEqual(packing.small_of(Path("x/e.tgz")), Path("x/e-small.tgz"))
        self.assertEqual(set(self.unpacked(file)), {"results.json", "logs/known.log", "sass/one.sass"})
        (run / "results.json").write_text("[]")  # the next stage is through
        self.assertEqual(self.unpacked(packing.pack_small(run, self.folder / "e.tar.gz"))["results.json"], b"[]")

    def in_parts(self) -> tuple[Path, dict[str, bytes]]:
        """The first of four parts, and what they hold."""
        run = self.evidence(known_counts=330)
        lines = packing.pack_all(run, self.folder / "e.tar.gz", 0.1, 62)
        self.assertIn("e.tar.gz.000 and 4 more files", lines[1])
        return self.folder / "e.tar.gz.000", {f.relative_to(run).as_posix(): f.read_bytes() for f in run.rglob("*.*")}

    def test_parts_have_the_size_asked_for_and_all_content(self):
        first, content = self.in_parts()
        names = ["e-small.tar.gz", *(f"e.tar.gz.{end}" for end in ("000", "001", "002", "003", "parts"))]
        self.assertEqual(sorted(f.name for f in self.folder.glob("e*")), names)
        self.assertEqual([f.stat().st_size for f in sorted(self.folder.glob("*.00[012]"))], [100_000] * 3)
        self.assertEqual(self.unpacked(first), content)

    def test_missing_and_changed_parts_are_refused(self):
        first, _ = self.in_parts()
        second, listed = first.with_suffix(".001"), first.with_suffix(".parts")
        for broken, change, words in ((second, None, "the part e.tar.gz.001 of e.tar.gz.000 is missing"),
                                      (second, b"other", "the part e.tar.gz.001 is not as it was written"),
                                      (listed, None, "the list of the parts of e.tar.gz.000 cannot be read"),
                                      (listed, b"[1]", "the list of the parts of e.tar.gz.000 cannot be read")):
            whole = broken.read_bytes()
            broken.unlink()
            if change is not None:
                broken.write_bytes(change)
            with self.assertRaisesRegex(archive.BadArchive, words):
                self.unpacked(first)
            broken.write_bytes(whole)
        # A list may not lead elsewhere.
        outside = self.folder.parent / "outside"
        listed.write_text(json.dumps([{"name": f"../{outside.name}", "sha256": ""}]))
        with self.assertRaisesRegex(archive.BadArchive, "the part outside of e.tar.gz.000 is missing"):
            self.unpacked(first)

    def limited(self, limit_mb: float, **sizes: int) -> tuple[list[str], str]:
        """Names of the captures in an archive of at most this size, and what it says of the others."""
        run = self.evidence(**sizes)
        file = self.folder / "e.tgz"
        lines = packing.pack_all(run, file, 0.1, limit_mb)
        self.assertLessEqual(sum(f.stat().st_size for f in self.folder.glob("e*.tgz*") if f.suffix != ".parts"),
                             limit_mb * 1e6)
        found = self.unpacked(file.with_name("e.tgz.000"))
        self.assertTrue({"results.json", "logs/build_compile.out", "sass/one.sass"} <= set(found))
        self.assertFalse((run / packing.LEFT_OUT).exists())
        note = found.get(packing.LEFT_OUT, b"").decode()
        self.assertEqual(any(line.startswith("left out: ") for line in lines), bool(note))
        self.assertIn("what there was room for" if note else "everything", lines[1])
        return sorted(Path(name).stem for name in found if name.startswith("captures/")), note

    def test_where_there_is_room_nothing_is_left_out(self):
        self.assertEqual(self.limited(1, known_counts=100, mixed_kernel=100), (["known-counts", "mixed-kernel"], ""))

    def test_captures_are_kept_in_the_order_of_their_worth(self):
        order = ["known-counts", "attention-cuda0", "products-cuda0", "captured-by-launch", "custom-op-cuda0-by-function",
                 "mixed-none", "mixed-scope", "mixed-kernel", "mixed-iteration", "a-new-one"]
        self.assertEqual([f.stem for f in packing.by_worth([Path(f"{name}.flops") for name in sorted(order)])], order)
        kept, note = self.limited(0.4, a_new_one=100, attention_cuda0=100, known_counts=100, mixed_none=100,
                                  products_cuda0=100)
        self.assertEqual(kept, ["attention-cuda0", "known-counts", "products-cuda0"])
        self.assertEqual(note, "Archives of 0.4 MB had no room for mixed-none.flops (0.1 MB), a-new-one.flops (0.1 MB).\n")

    def test_the_small_archive_takes_room_too(self):
        log = random.Random(3).randbytes(90_000).hex()[:90_000]  # compressed to half
        for size, kept in ((1, ["known-counts", "mixed-none"]), (len(log), ["known-counts"])):
            run = self.evidence(known_counts=100, mixed_none=100)
            (run / "logs/known.log").write_text(log[:size])
            packing.pack_all(run, self.folder / "e.tgz", 16, 0.36)
            found = self.unpacked(self.folder / "e.tgz.000")
            self.assertEqual(sorted(Path(name).stem for name in found if name.startswith("captures/")), kept)
            shutil.rmtree(run)

    def test_a_smaller_one_fits_where_a_worthier_one_does_not(self):
        kept, note = self.limited(0.2, known_counts=500, mixed_kernel=100)
        self.assertEqual(kept, ["mixed-kernel"])
        self.assertIn("had no room for known-counts.flops (0.5 MB).", note)

    def test_other_files_take_room_too(self):
        self.assertEqual(self.limited(0.2, known_counts=100, mixed_none=60)[0], ["known-counts"])


if __name__ == "__main__":
    unittest.main()
