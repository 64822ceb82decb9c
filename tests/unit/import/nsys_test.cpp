// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Synthetic exports of Nsight Systems, and packed files.
#include <zlib.h>

#include <gmock/gmock.h>
#include <zstd.h>

#include "capture/sqlite.hpp"
#include "unit/import/importing.hpp"
#include "unit/import/nsys_export.hpp"

namespace flopwatch::test {
namespace {

using capture_detail::scratch_folder;

TEST(import_nsys, puts_launched_kernels_into_ranges_of_their_thread) {
  auto const folder = scratch_folder::create();
  make_export(folder.path() / "synthetic.sqlite");
  auto const got = import_files({folder.path() / "synthetic.sqlite"});
  ASSERT_EQ(got.launches.size(), 3U);
  EXPECT_EQ(got.path_of(got.launches[0]), "net");
  EXPECT_EQ(got.path_of(got.launches[1]), "net.fc");
  EXPECT_EQ(got.path_of(got.launches[2]), "");
  EXPECT_EQ(got.launches[0].kernel, "gemm");
  EXPECT_EQ(got.launches[0].record.block_x, 32);
  EXPECT_EQ(got.lost("import_kernel_without_launch"), 1);
  EXPECT_EQ(got.summary.measured_launches, 0);
}

TEST(import_nsys, runs_nothing_that_a_file_brings) {
  auto const folder = scratch_folder::create();
  make_export(
      folder.path() / "synthetic.sqlite",
      "DROP TABLE CUPTI_ACTIVITY_KIND_RUNTIME; CREATE VIEW CUPTI_ACTIVITY_KIND_RUNTIME AS SELECT 1 AS start;");
  EXPECT_THROW((void)import_files({folder.path() / "synthetic.sqlite"}), usage_error);
  make_export(
      folder.path() / "computed.sqlite",
      "DROP TABLE StringIds; CREATE TABLE StringIds(id INTEGER PRIMARY KEY, value AS (hex(zeroblob(id))));");
  EXPECT_THROW((void)import_files({folder.path() / "computed.sqlite"}), usage_error);
}

TEST(import_nsys, refuses_other_databases) {
  auto const folder = scratch_folder::create();
  {
    auto const db = capture_detail::open_connection((folder.path() / "x").string(),
                                                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    capture_detail::execute(db.get(), "CREATE TABLE t(a)");
  }
  EXPECT_THROW((void)import_files({folder.path() / "x"}), usage_error);
}

std::string csv() {
  return "ID,Kernel Name,sm__sass_thread_inst_executed_op_ffma_pred_on.sum\n,,inst\n0,k,21\n1,k,\"1,000\"\n";
}

std::string deflated(std::string const& text, int windows) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, windows, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  return out;
}

std::string little(std::uint64_t v, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(v >> (8 * i) & 0xFFU);
  return out;
}

std::string zip_member(std::string const& text, bool deflate_it, std::uint32_t wrong = 0) {
  auto const packed = deflate_it ? deflated(text, -15) : text;
  auto const crc =
      crc32(0, reinterpret_cast<Bytef const*>(text.data()), static_cast<uInt>(text.size())) + wrong;
  return "PK\x03\x04" + little(20, 2) + little(0, 2) + little(deflate_it ? 8 : 0, 2) + little(0, 4) +
         little(crc, 4) + little(packed.size(), 4) + little(text.size(), 4) + little(1, 2) + little(0, 2) +
         "x" + packed;
}

TEST(import_packed, unpacks_gzip_zstd_and_zip) {
  std::string const end = "PK\x01\x02" + std::string(60, '\0');
  std::string zstd(ZSTD_compressBound(csv().size()), '\0');
  zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), csv().data(), csv().size(), 3));
  auto const halves = deflated(csv().substr(0, 30), 31) + deflated(csv().substr(30), 31);
  for (auto const& packed :
       {deflated(csv(), 31), halves, zstd, zip_member(csv(), true) + end, zip_member(csv(), false) + end}) {
    auto const got = import_text(packed);
    ASSERT_EQ(got.launches.size(), 2U);
    EXPECT_EQ(got.launches[1]["sm__sass_thread_inst_executed_op_ffma_pred_on.sum"], 1000);
  }
}

TEST(import_packed, refuses_what_is_damaged_or_holds_several_files) {
  auto const gzip = deflated(csv(), 31);
  std::string zstd(ZSTD_compressBound(csv().size()), '\0');
  zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), csv().data(), csv().size(), 3));
  for (auto const& packed :
       {gzip.substr(0, gzip.size() - 4), gzip.substr(0, 20), zstd.substr(0, zstd.size() - 3),
        zip_member(csv(), true, 1), zip_member(csv(), true) + zip_member(csv(), true),
        std::string("PK\x03\x04"), std::string("\x1f\x8b")}) {
    EXPECT_THROW((void)import_text(packed), usage_error);
  }
}

}  // namespace
}  // namespace flopwatch::test
