// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/ncu_columns.hpp"

namespace flopwatch::importing {
namespace {

std::size_t* column_of(ncu_columns& c, std::string_view name) {
  struct known {
    std::string_view name;
    std::size_t ncu_columns::*column;
  };
  static constexpr known all[] = {
      {"ID", &ncu_columns::id},
      {"Process ID", &ncu_columns::process},
      {"Host Name", &ncu_columns::host},
      {"Kernel Name", &ncu_columns::kernel},
      {"Kernel Time", &ncu_columns::time},
      {"Context", &ncu_columns::context},
      {"Stream", &ncu_columns::stream},
      {"Block Size", &ncu_columns::block},
      {"Grid Size", &ncu_columns::grid},
      {"CC", &ncu_columns::capability},
      {"Section Name", &ncu_columns::section},
      {"Metric Name", &ncu_columns::metric},
      {"Metric Unit", &ncu_columns::unit},
      {"Metric Value", &ncu_columns::value},
      {"device__attribute_display_name", &ncu_columns::device_name},
      {"thread Domain:Push/Pop_Range:PL_Type:PL_Value:CLR_Type:Color:Msg_Type:Msg", &ncu_columns::push_pop},
      {"Id:Domain:Start/Stop_Range:PL_Type:PL_Value:CLR_Type:Color:Msg_Type:Msg", &ncu_columns::start_stop},
  };
  for (auto const& k : all) {
    if (k.name == name) return &(c.*k.column);
  }
  return nullptr;
}

}  // namespace

ncu_columns read_header(std::vector<std::string> const& fields) {
  ncu_columns c;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (auto* const column = column_of(c, fields[i]); column != nullptr) {
      *column = i;
    } else if (fields[i].find("__") != std::string::npos) {
      c.metrics.push_back(i);
      c.names.push_back(fields[i]);
    }
  }
  bool const long_form = c.metric != ncu_columns::none && c.value != ncu_columns::none;
  bool const wide_form = c.metric == ncu_columns::none && !c.metrics.empty();
  if (c.kernel == ncu_columns::none || (!long_form && !wide_form)) c.id = ncu_columns::none;
  return c;
}

}  // namespace flopwatch::importing
