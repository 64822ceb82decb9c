// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/reuse/check_session.hpp"

namespace flopwatch::collect {

void check_session::open(std::unique_ptr<cupti::range_session> session, std::size_t group) {
  session_ = std::move(session);
  group_ = group;
}

void check_session::push() {
  if (!session_->started()) session_->start();
  while (names_.size() <= ranges_.size()) names_.push_back(std::to_string(names_.size()));
  session_->push(names_[ranges_.size()].c_str());
  range_is_open_ = true;
}

void check_session::pop(measured_range range) {
  range_is_open_ = false;
  session_->pop();
  ranges_.push_back(std::move(range));
}

std::string check_session::mismatch() const {
  auto const found = session_->ranges();
  if (found != ranges_.size()) {
    return std::to_string(found) + " measured, " + std::to_string(ranges_.size()) + " opened";
  }
  for (std::size_t i = 0; i < found; ++i) {
    if (session_->range_name(i) != names_[i]) return "they came back in another order";
  }
  return "";
}

std::string check_session::read(
    evaluate_image const& evaluate,
    std::function<void(measured_range const&, std::vector<double> const&)> const& visit,
    std::function<void(std::vector<std::uint8_t> const&, bool lossy)> const& raw) {
  if (session_->started()) static_cast<void>(session_->stop());
  if (!session_->undecoded() || ranges_.empty()) {
    ranges_.clear();
    return "";
  }
  auto const dropped = session_->decode();
  auto wrong = dropped > 0 ? std::to_string(dropped) + " did not fit" : mismatch();
  raw(session_->image(), !wrong.empty());
  if (wrong.empty()) {
    std::vector<double> values;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      if (ranges_[i].good) {
        evaluate(session_->image(), i, session_->request().metrics, values);
      } else {
        values.clear();
      }
      read_ = i + 1;
      visit(ranges_[i], values);
    }
    ranges_.clear();
    read_ = 0;
  }
  session_->reset();
  return wrong;
}

void check_session::put_off(std::function<void(measured_range const&)> const& forgotten) noexcept {
  if (session_ != nullptr) cupti::put_off(std::move(session_));
  close(forgotten);
}

void check_session::close(std::function<void(measured_range const&)> const& forgotten) noexcept {
  session_.reset();
  range_is_open_ = false;
  for (; read_ < ranges_.size(); ++read_) forgotten(ranges_[read_]);
  ranges_.clear();
  read_ = 0;
}

}  // namespace flopwatch::collect
