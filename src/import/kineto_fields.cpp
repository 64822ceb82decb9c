// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/kineto_fields.hpp"

#include <array>

namespace flopwatch::importing {

field field_of(std::string_view key) {
  switch (key.size()) {
    case 2:
      return key == "ph" ? field::ph : key == "ts" ? field::ts : field::other;
    case 3:
      return key == "cat"   ? field::cat
             : key == "pid" ? field::pid
             : key == "tid" ? field::tid
             : key == "dur" ? field::dur
                            : field::other;
    case 4:
      return key == "name" ? field::name : key == "args" ? field::args : field::other;
    default:
      return field::other;
  }
}

field arg_field_of(std::string_view key) {
  struct known {
    std::string_view key;
    field is;
  };
  static constexpr std::array<known, 11> all{{{"correlation", field::correlation},
                                              {"device", field::device},
                                              {"context", field::context},
                                              {"stream", field::stream},
                                              {"grid", field::grid},
                                              {"block", field::block},
                                              {"Sequence number", field::sequence},
                                              {"Fwd thread id", field::forward_thread},
                                              {"Input Dims", field::dims},
                                              {"Input type", field::types},
                                              {"Concrete Inputs", field::concrete}}};
  for (auto const& k : all) {
    if (k.key == key) return k.is;
  }
  return key.find("__") != std::string_view::npos ? field::counter : field::other;
}

}  // namespace flopwatch::importing
