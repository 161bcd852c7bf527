// DuplicateWindow: the message ids that a device saw last, in lent memory.
//
// Delivery is at least once on the wire; this makes it once to the app. It is a ring ordered by
// when an id was last *received*, so a message that the server repeats stays remembered, and the
// newest n entries are always the last n different messages that came in: ClientFsm keeps its
// acknowledgements as "the newest n" and needs no list of its own.
//
//      oldest ............................ newest
//     [ id | id | id | ... | id | id | id | id ]     add(): a known id moves to the right end
//                              \--- unacked --/
//
// Thread: one owner.
// Bound: as many ids as the lent memory holds; the oldest falls out.
#pragma once

#include <cstdint>
#include <span>

#include "base/ids.h"

namespace tocsin::sdk_client {

class DuplicateWindow {
 public:
  // `slots` outlives the window and holds 1..65535 ids.
  explicit DuplicateWindow(std::span<MessageId> slots) : slots_(slots) {}

  // Make `id` the newest. Returns the age it had, or the previous size() when it was unknown.
  size_t add(MessageId id);

  // Remember `id` without making it one of the `newer` newest: it comes right after them. An id
  // already among them stays there. Requires newer <= size() and newer < capacity().
  void add_behind(size_t newer, MessageId id);

  size_t size() const { return size_; }
  size_t capacity() const { return slots_.size(); }

  // The id received `age` different messages ago; 0 is the newest. Requires age < size().
  MessageId newest(size_t age) const { return slots_[index_of(age)]; }

 private:
  size_t index_of(size_t age) const;

  std::span<MessageId> slots_;
  uint16_t next_ = 0;  // where the next new id goes
  uint16_t size_ = 0;
};

}  // namespace tocsin::sdk_client
