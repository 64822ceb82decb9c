// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flopwatch/diff.hpp"
#include "flopwatch/executed.hpp"
#include "flopwatch/html.hpp"
#include "html/column.hpp"
#include "html/embedded.hpp"
#include "html/packing.hpp"
#include "html/side.hpp"
#include "report/figures.hpp"
#include "report/headline.hpp"
#include "text/html.hpp"
#include "text/number_text.hpp"

namespace flopwatch {
namespace {

using text::html_text;

/// Larger data is compressed.
constexpr std::size_t plain_bytes = std::size_t{128} << 10U;

/// Texts of the values 0 to n - 1 of an enumeration.
template <class Enum>
std::string texts_json(std::size_t n, std::string_view (*text)(Enum)) {
  return html::list_json(n, [&](std::size_t i) { return html::text_json(text(static_cast<Enum>(i))); });
}

std::string data_json(std::vector<html::side> const& sides) {
  return fmt::format(
      R"({{"phases":{},"parts":{},"part_texts":{},"formats":{},"verdict_texts":{},"sides":{}}})",
      texts_json<phase>(all_phases.size(), to_string),
      texts_json<executed_part>(all_executed_parts.size(), to_string),
      texts_json<executed_part>(all_executed_parts.size(), text_of),
      texts_json<precision>(precision_count, to_string),
      texts_json<verdict_kind>(verdict_kind_count, short_text),
      html::list_json(sides.size(), [&](std::size_t i) { return html::side_json(sides[i]); }));
}

/// What must be read before any figure. It is part of the page itself, so that it is there without the
/// script.
std::string warnings_html(analysis const& a) {
  std::string out;
  if (report::info(a.capture, info_key::synthetic) == "yes") {
    out +=
        "<p class=\"banner synthetic\"><strong>SYNTHETIC</strong> The figures of this capture are made up.</p>\n";
  }
  if (auto const only = report::info(a.capture, info_key::shown_phase); !only.empty()) {
    out += fmt::format(
        "<p class=\"banner part\"><strong>ONE PHASE</strong> Only what ran in the phase {} is shown; the formula "
        "is of the forward pass.</p>\n",
        html_text(only));
  }
  auto const rank = report::info(a.capture, info_key::rank);
  auto const ranks = report::info(a.capture, info_key::world_size);
  if (!rank.empty() && ranks != "1") {
    out += fmt::format(
        "<p class=\"banner part\"><strong>ONE RANK</strong> Only what rank {}{} recorded is shown.</p>\n",
        html_text(rank), ranks.empty() ? "" : " of " + html_text(ranks));
  }
  for (auto const& why : report::why_not_exact(a)) {
    out += fmt::format("<p class=\"banner\"><strong>NOT EXACT</strong> {}</p>\n", html_text(why));
  }
  return out;
}

/// The first sentence of a page; there always is one.
std::string headline(analysis const& a, executed_work const& whole) {
  if (!a.tree.has_operators)
    return "What was useful of the work that ran is not known: the capture has no operator column.";
  if (auto sentence = report::executed_sentence(whole, report::is_exact(a)); !sentence.empty())
    return sentence;
  auto const only = report::info(a.capture, info_key::shown_phase);
  return fmt::format("No arithmetic was {}{}.", report::is_exact(a) ? "executed" : "counted",
                     only.empty() ? "" : fmt::format(" in the phase {}", only));
}

std::string head_html(html::side const& s, bool named) {
  std::string out = "<section class=\"capture\">\n";
  if (named) out += fmt::format("<h2>{}</h2>\n", html_text(s.name));
  auto const whole = s.executed.empty() ? executed_work{} : s.executed.front();
  out += fmt::format("<p class=\"headline\">{}</p>\n", html_text(headline(s.a, whole)));
  out += warnings_html(s.a) + "<details class=\"about\"><summary>About this recording</summary>\n<dl>\n";
  for (auto const& [label, text] : report::header_lines(s.a)) {
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", html_text(label), html_text(text));
  }
  return out + "</dl></details>\n</section>\n";
}

std::string losses_html(analysis const& a) {
  if (a.capture.losses.empty()) return "<p>Data losses: none.</p>\n";
  std::string out = "<ul class=\"losses\">\n";
  for (auto const s : {severity::error, severity::warning, severity::note}) {
    for (auto const& l : a.capture.losses) {
      if (l.severity != s) continue;
      out += fmt::format("<li class=\"{0}\"><strong>{0}</strong> {1} × <code>{2}</code>: {3}</li>\n",
                         to_string(s), text::grouped(l.count), html_text(l.kind), html_text(l.text));
    }
  }
  return out + "</ul>\n";
}

std::string all_losses_html(analysis const& a, html_options const& options) {
  if (options.against == nullptr) return losses_html(a);
  return fmt::format("<h3>{}</h3>\n{}<h3>{}</h3>\n{}", html_text(options.name), losses_html(a),
                     html_text(options.against_name), losses_html(*options.against));
}

/// In what the captures differ beside their figures; "" for one capture, or if they are alike.
std::string unlike_html(analysis const& a, html_options const& options) {
  if (options.against == nullptr) return "";
  auto const all = diff(a, options.name, *options.against, options.against_name).unlike;
  if (all.empty()) return "";
  return fmt::format("<p class=\"banner\"><strong>UNLIKE</strong> {}</p>\n",
                     html_text(fmt::format("A is {}, B is {}. {}", options.name, options.against_name,
                                           fmt::join(all, " "))));
}

/// Puts each value in its place; what a value has in it is not looked at again.
std::string filled(std::string_view page,
                   std::vector<std::pair<std::string_view, std::string>> const& values) {
  std::string out;
  for (auto const& [mark, value] : values) {
    auto const at = page.find(mark);
    out.append(page.substr(0, at)).append(value);
    page.remove_prefix(at + mark.size());
  }
  return out.append(page);
}

}  // namespace

std::string html_report(analysis const& a, html_options const& options) {
  auto const side_of = [](analysis const& one, std::string_view name) {
    return html::side{one, name, take_apart(one.capture, one.tree, one.differences)};
  };
  std::vector<html::side> sides{side_of(a, options.name)};
  if (options.against != nullptr) sides.push_back(side_of(*options.against, options.against_name));
  auto data = data_json(sides);
  bool const packs = data.size() > plain_bytes;
  if (packs) data = html::packed(data);
  std::string heads;
  for (auto const& s : sides) heads += head_html(s, sides.size() > 1);
  auto const unlike = unlike_html(a, options);
  std::string_view const page(reinterpret_cast<char const*>(embedded::report_page),
                              embedded::report_page_size);
  return filled(page, {{"@TITLE@", html_text(options.name.empty() ? "flopwatch report" : options.name)},
                       {"@NAME@", html_text(options.name)},
                       {"@UNLIKE@", unlike},
                       {"@HEADS@", std::move(heads)},
                       {"@UNLIKE@", unlike},
                       {"@LOSSES@", all_losses_html(a, options)},
                       {"@PACKING@", packs ? "deflate" : "none"},
                       {"@DATA@", std::move(data)}});
}

}  // namespace flopwatch
