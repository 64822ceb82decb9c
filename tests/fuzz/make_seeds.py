#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Makes seeds/<target>/ for the programs of this folder. All figures are made up; the captures say "synthetic".

The captures have the schema of src/capture/schema.cpp, in small pages, so that a changed byte changes something.
"""

from __future__ import annotations

import gzip
import re
import shutil
import sqlite3
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEEDS = HERE / "seeds"
FFMA = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum"

RECORDS = f"""
INSERT INTO info VALUES ('device','cuda:0'),('formula','thop 0.1.1 rules'),('gpu','Synthetic GPU'),('synthetic','yes');
INSERT INTO module VALUES (1,'Model',0,0,1,'none','',12),(2,'Linear',1,0,1,'thop','Linear',12);
INSERT INTO module_path VALUES (1,0,'','',1),(2,1,'fc','fc',2);
INSERT INTO scope VALUES (1,0,'','Model',1,0,'forward',1),(2,1,'fc','Linear',2,0,'forward',1);
INSERT INTO operator VALUES (1,'aten::addmm'),(2,'aten::strange');
INSERT INTO operator_call VALUES (1,2,1,'[4] [3,2] [2,4]','forward','counted','multiply_add','fp32',1,24,24,12,''),
                                 (2,1,2,'','backward','unsupported','none','fp32',1,0,0,0,'no rule');
INSERT INTO formula_call VALUES (1,2,2,'macs',1,24,'[3,2] -> [3,4]');
INSERT INTO plan VALUES (1);
INSERT INTO metric VALUES (1,1,'ffma','{FFMA}','inst',0);
INSERT INTO kernel VALUES (1,'_Z4gemmv','gemm()');
INSERT INTO launch VALUES (1,1,1,2,1,'forward',0,7,0,1,1,1,1,32,1,1,0),(2,1,1,1,0,'forward',1,7,0,1,1,1,1,32,1,1,0);
INSERT INTO counters_1 VALUES (1,24),(2,NULL);
INSERT INTO counter_group VALUES (1,1,0,'GH100',130000,x'01');
INSERT INTO raw_chunk VALUES (1,1,0,7,0,1,1,0,1,3),(2,1,0,7,1,1,1,0,1,300);
INSERT INTO raw_image VALUES (1,'plain',x'010203'),(2,'zstd',x'28b52ffd602c0063090000');
INSERT INTO data_loss VALUES (1,'rule_failed','error',1,'A made-up loss; fix the rule.');
"""
# Key 1 is constant; of key 2, which varies, no check is kept; check 2 is of a whole step.
REUSE = """
INSERT INTO reuse_key VALUES (1,1,1,'constant',0,1,1,1,32,1,1,0,40,3,0),(2,1,1,'variable',1,2,1,1,32,1,1,0,9,3,36);
INSERT INTO reuse_key_counters_1 VALUES (1,24),(2,2.5);
INSERT INTO reuse_count VALUES (1,1,2,1,'forward',30),(2,1,1,0,'backward',10),(3,2,2,1,'forward',9);
INSERT INTO reuse_check VALUES (1,1,1,3,0,5),(2,1,0,3,1,0);
INSERT INTO reuse_check_counters_1 VALUES (1,24),(2,48);
INSERT INTO reuse_audit VALUES (1,1,0,4,3,0.01,0.02);
INSERT INTO raw_chunk VALUES (3,1,0,7,0,2,2,0,1,3);
INSERT INTO raw_image VALUES (3,'plain',x'010203');
"""
CLOSED = """
INSERT INTO closed SELECT name, 0, NULL FROM sqlite_master WHERE type = 'table' AND name <> 'closed';
"""


def schema() -> str:
    source = (HERE.parents[1] / "src/capture/schema.cpp").read_text()
    return "".join(re.findall(r'R"sql\((.*?)\)sql"', source, re.DOTALL))


def version() -> int:
    header = (HERE.parents[1] / "include/flopwatch/capture_records.hpp").read_text()
    found = re.search(r"capture_version = (\d+)", header)
    assert found is not None
    return int(found[1])


def application_id() -> int:
    header = (HERE.parents[1] / "include/flopwatch/capture_records.hpp").read_text()
    found = re.search(r"capture_application_id = (0x[0-9a-fA-F]+|\d+)", header)
    assert found is not None
    return int(found[1], 0)


def capture(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path)
    db.executescript(f"PRAGMA page_size = 512; PRAGMA application_id = {application_id()};")
    db.executescript(f"PRAGMA user_version = {version()};")
    db.executescript(schema())
    counters = "CREATE TABLE {0}counters_1({1} INTEGER PRIMARY KEY, ffma INTEGER);"
    for prefix in ("", "scope_range_", "reuse_key_", "reuse_check_"):
        db.executescript(counters.format(prefix, prefix.rstrip("_") or "launch"))
    for text in statements:
        db.executescript(text)
    db.executescript("VACUUM;")
    db.close()


def attribute(form: int, number: int, half: int, *words: int) -> bytes:
    return struct.pack(f"<BBH{len(words)}I", form, number, half, *words)


def parameter(ordinal: int, offset: int, size: int) -> bytes:
    return attribute(4, 0x17, 12, 0, ordinal | offset << 16, size << 18 | 0x1F000)


def parameter_v2(ordinal: int, offset: int, size: int) -> bytes:
    return attribute(4, 0x45, 12, 0, ordinal | offset << 16, size)


def total(size: int) -> bytes:
    return attribute(3, 0x19, size) + attribute(4, 0x0A, 8, 7, size << 16 | 0x210)


def cubin(kernels: dict[str, bytes]) -> bytes:
    """An ELF64 image of the sections `.nv.info.<kernel>` and their names, as src/cupti/cubin_sections.hpp reads it."""
    names, contents, table = b"\0", b"", bytes(64)
    for name, content in {**{f".nv.info.{k}": v for k, v in kernels.items()}, ".shstrtab": b""}.items():
        at, here = len(names), 64 + len(contents)
        names += name.encode() + b"\0"
        content = names if name == ".shstrtab" else content
        contents += content
        table += struct.pack("<IIQQQQIIQQ", at, 0x70000000, 0, 0, here, len(content), 0, 0, 4, 0)
    begin = bytes([0x7F, *b"ELF", 2, 1, 1, 0x41, 8, *bytes(7)])
    count = len(kernels) + 2
    header = begin + struct.pack(
        "<HHIQQQIHHHHHH", 2, 190, 1, 0, 0, 64 + len(contents), 0, 64, 56, 0, 64, count, count - 1
    )
    return header + contents + table


def param_layouts(folder: Path) -> None:
    plain = (
        attribute(4, 0x37, 4, 0x82) + parameter(1, 8, 4) + parameter(0, 0, 8) + attribute(3, 0x1B, 0xFF) + total(12)
    )
    images = {
        "synthetic-plain": cubin({"plain": plain}),
        "synthetic-several": cubin({"_Z1av": b"", "_Z1bPf": parameter(0, 0, 8) + total(8), "plain": plain}),
        "synthetic-large": cubin({"large": parameter_v2(1, 20000, 8) + parameter_v2(0, 0, 20000) + total(20008)}),
        "synthetic-damaged": cubin({"gap": parameter(1, 8, 4) + total(12), "cut": plain[:-3]}),
        "synthetic-fat": bytes.fromhex("50ed55ba0100100010000000") + bytes(16),
    }
    for name, image in images.items():
        (folder / name).write_bytes(image)


RANGES = '"7  ""<default domain>:net:none:none:none:none:none:none"" "'
LONG = f"""==PROF== made up
"ID","Process ID","Kernel Name","Block Size","Grid Size","CC","Section Name","Metric Name","Metric Unit","Metric Value"
"0","1","k","(128, 1, 1)","(4, 1, 1)","8.0","raw","{FFMA}","inst","1,024"
"0","1","k","(128, 1, 1)","(4, 1, 1)","8.0","raw","sm__inst_executed_pipe_tensor.sum","Kinst","1.5"
"1","1","l","(128, 1, 1)","(4, 1, 1)","8.0","raw","sm__ops_path_tensor_src_bf16_dst_fp32.sum","","n/a"
"""
WIDE = f"""ID,Kernel Name,"thread Domain:Push/Pop_Range:PL_Type:PL_Value:CLR_Type:Color:Msg_Type:Msg",{FFMA}
,,,inst
0,k,{RANGES},1024.000000
"""
TRACE = """{"traceEvents":[
{"ph":"X","cat":"python_function","name":"nn.Module: Linear_0","pid":1,"tid":1,"ts":1.5,"dur":90,"args":{}},
{"ph":"X","cat":"cpu_op","name":"aten::mm","pid":1,"tid":1,"ts":2,"dur":9,"args":{"Sequence number":1,
"Input Dims":[[2,3],[3,5]],"Input type":["float","float"],"Concrete Inputs":["",""]}},
{"ph":"X","cat":"cuda_runtime","name":"cudaLaunchKernel","pid":1,"tid":1,"ts":3,"dur":1,"args":{"correlation":4}},
{"ph":"X","cat":"kernel","name":"k","pid":0,"tid":7,"ts":9,"dur":1,"args":{"correlation":4,"grid":[1,1,1]}},
{"ph":"X","cat":"cuda_profiler_range","name":"k","pid":0,"tid":0,"ts":9,"dur":1,"args":{"FFMA":8}}]}
""".replace("FFMA", FFMA)
EXPORT = """
CREATE TABLE StringIds(id INTEGER PRIMARY KEY, value TEXT); INSERT INTO StringIds VALUES (1,'k'),(2,'net');
CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL(start, correlationId, globalPid, demangledName, deviceId, gridX);
INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (95,1,16777216,1,0,2);
CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME(start, correlationId, globalTid);
INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (20,1,16777223);
CREATE TABLE NVTX_EVENTS(start, end, eventType, globalTid, domainId, text, textId);
INSERT INTO NVTX_EVENTS VALUES (10,100,59,16777223,0,NULL,2);
"""


def profiles(texts: Path, databases: Path) -> None:
    for name, text in {"long": LONG, "wide": WIDE, "trace": TRACE}.items():
        (texts / f"synthetic-{name}").write_text(text)
        (texts / f"synthetic-{name}-gzip").write_bytes(gzip.compress(text.encode(), mtime=0))
    database = databases / "synthetic-export"
    with sqlite3.connect(database) as db:
        db.executescript("PRAGMA page_size = 512; VACUUM;" + EXPORT)
    db.close()


def main() -> None:
    shutil.rmtree(SEEDS, ignore_errors=True)
    folders = {
        name: SEEDS / name
        for name in ("capture", "report", "command_line", "text", "param_layout", "import", "import_nsys")
    }
    for folder in folders.values():
        folder.mkdir(parents=True)
    capture(folders["capture"] / "synthetic-open", RECORDS)
    capture(folders["capture"] / "synthetic-closed", RECORDS, CLOSED)
    capture(folders["capture"] / "synthetic-reuse", RECORDS, REUSE, CLOSED)
    capture(folders["capture"] / "synthetic-empty")
    old = "PRAGMA user_version = 3; DROP TABLE scope_range; DROP TABLE scope_range_counters_1;"
    capture(folders["capture"] / "synthetic-old", RECORDS, old)

    param_layouts(folders["param_layout"])

    profiles(folders["import"], folders["import_nsys"])

    module = bytes([0, 1]) + b"L" + bytes([1, 1, 1, 0, 12])
    path = bytes([1, 0, 0, 0, 1])
    scope = bytes([2, 0, 0, 1]) + b"L" + bytes([1, 0, 1])
    call = bytes([4, 1, 1]) + b"m" + bytes([0, 0, 0, 1, 1, 1, 24, 24, 12, 0])
    launch = bytes([7, 1, 1, 1, 1, 0, 1, 1, 0, 1, 48])
    formula = bytes([5, 1, 1, 0, 1, 24, 0])
    report = bytes([0, 80, 0, 1]) + module + path + scope + call + formula + launch
    (folders["report"] / "synthetic-one-module").write_bytes(report)
    reuse = bytes([10, 1, 1, 1, 40, 3, 1, 36, 1, 1, 0, 1, 24, 0, 4, 3, 1, 5, 2, 2])
    (folders["report"] / "synthetic-reuse").write_bytes(report + reuse)
    (folders["report"] / "synthetic-loss").write_bytes(bytes([1, 0, 2, 0, 1]) + scope + bytes([9, 1, 255, 2, 1, 0]))

    for name, lines in {
        "report": ["report", "--units", "macs", "--depth", "2", "--color", "always", "run.flops"],
        "metrics": ["metrics", "--chip", "GH100", "--types", "fp16,fp64"],
        "recheck": ["recheck", "--json", "run.flops"],
        "unknown": ["reprot", "run.flops"],
        "help": ["demo", "--help"],
    }.items():
        (folders["command_line"] / name).write_text("\n".join(lines))

    for name, text in {
        "word": "multiply_add",
        "metric": FFMA,
        "escapes": "a\x1b[31m\u202eb\tc",
        "wide": "模块.e\u0301",
        "help": "# T\n\n## flopwatch report\n\n```text\n--json\n```\n",
    }.items():
        (folders["text"] / name).write_text(text)
    (folders["text"] / "number").write_bytes(b"\x00\x00\x00\x00\x00\x00\xf8\x7f")


if __name__ == "__main__":
    main()
