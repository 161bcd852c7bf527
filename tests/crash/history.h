// History: what is known of a yes-or-no that a device changes, such as "it has this tag".
//
// A change is asked for, and later confirmed; in between, and forever when the server died first,
// it may have taken effect or not. So a question about a time has three answers.
//
//     asked          confirmed              asked       (no answer)
//       |----- maybe -----|------ yes -------|----- maybe ------>
//
// Changes of one History are asked for one after the other: the next only when the last one is
// confirmed.
//
// Thread: one owner.
// Bound: the changes of one run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tocsin::crash {

// A place in the test's own order of events; a clock without equal readings.
using Moment = uint64_t;
inline constexpr Moment never = UINT64_MAX;

enum class Certainty : uint8_t { no, maybe, yes };

class History {
 public:
  void ask(bool value, Moment at) { changes_.push_back({value, at, never}); }
  // The change asked for last is in force. Requires one.
  void confirm(Moment at) { changes_.back().confirmed = at; }
  bool is_waiting() const { return !changes_.empty() && changes_.back().confirmed == never; }

  // Whether it held at an unknown moment of [from, to].
  Certainty during(Moment from, Moment to) const {
    bool value = false;
    size_t next = 0;
    for (size_t i = 0; i < changes_.size() && changes_[i].confirmed <= from; ++i) {
      value = changes_[i].value;
      next = i + 1;
    }
    bool can_hold = value;
    bool can_fail = !value;
    for (; next < changes_.size() && changes_[next].asked <= to; ++next) {
      can_hold |= changes_[next].value;
      can_fail |= !changes_[next].value;
    }
    return can_hold && can_fail ? Certainty::maybe : can_hold ? Certainty::yes : Certainty::no;
  }

 private:
  struct Change {
    bool value;
    Moment asked;
    Moment confirmed;
  };
  std::vector<Change> changes_;
};

}  // namespace tocsin::crash
