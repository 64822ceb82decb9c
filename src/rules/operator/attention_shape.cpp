// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/attention_shape.hpp"

#include <algorithm>
#include <utility>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"

namespace flopwatch::operator_rules {
namespace {

/// Leading dimensions broadcast; the last of them, the heads, can also be a divisor of the query's heads.
std::int64_t join(std::int64_t q, std::int64_t kv, bool heads) {
  if (q == kv || kv == 1) return q;
  if (q == 1) return kv;
  if (heads && kv != 0 && q % kv == 0) return q;
  throw rule_error("the batch sizes of query, key and value do not fit");
}

std::int64_t leading(std::vector<std::int64_t> const& sizes, std::size_t rank, std::size_t d) {
  auto const missing = rank - sizes.size();
  return d < missing ? 1 : sizes[d - missing];
}

}  // namespace

std::int64_t attention_shape::pairs() const { return checked_product({batch, queries, keys}); }

attention_shape shape_of_attention(tensor_arg const& query, tensor_arg const& key, tensor_arg const& value,
                                   attention_layout layout) {
  auto q = query.sizes;
  auto k = key.sizes;
  auto v = value.sizes;
  if (layout == attention_layout::heads_third) {
    if (q.size() != 4 || k.size() != 4 || v.size() != 4) {
      throw rule_error("packed sequences: their lengths are values, which rules do not see");
    }
    std::swap(q[1], q[2]);
    std::swap(k[1], k[2]);
    std::swap(v[1], v[2]);
  }
  if (std::min({q.size(), k.size(), v.size()}) < 2)
    throw rule_error("query, key or value has the wrong rank");
  attention_shape s{.batch = 1,
                    .queries = q.end()[-2],
                    .keys = k.end()[-2],
                    .key_width = q.back(),
                    .value_width = v.back()};
  if (k.back() != s.key_width) throw rule_error("the widths of query and key differ");
  if (v.end()[-2] != s.keys) throw rule_error("the lengths of key and value differ");
  auto const rank = std::max({q.size(), k.size(), v.size()});
  for (std::size_t d = 0; d + 2 < rank; ++d) {
    bool const heads = d + 3 == rank;
    auto const with_keys = join(leading(q, rank, d), leading(k, rank, d), heads);
    s.batch = checked_product({s.batch, join(with_keys, leading(v, rank, d), heads)});
  }
  return s;
}

}  // namespace flopwatch::operator_rules
