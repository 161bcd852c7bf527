// Garbled input for a speaker: whatever a server says, it answers, waits or refuses; it never reads
// past the input, uses more than there is, or holds on to more than input_bytes_max.
//
// Thread: one owner.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "compare/speaker.h"

namespace tocsin::bench::compare {

// Flip, cut and repeat bytes of `good`, and feed the result, `tries` times.
inline void feed_garbled(const std::function<std::unique_ptr<Speaker>()>& make,
                         const std::string& good, int tries) {
  for (int i = 0; i < tries; ++i) {
    Prng prng(static_cast<uint64_t>(i));
    std::string said = good;
    for (uint64_t flips = prng.next() % 4; flips > 0; --flips) {
      said[prng.next() % said.size()] = static_cast<char>(prng.next());
    }
    said.resize(1 + prng.next() % said.size());
    const std::unique_ptr<Speaker> speaker = make();
    // On the heap and exactly as long as it says, so that the address sanitizer sees an overrun.
    const Bytes input(said.begin(), said.end());
    Bytes out;
    Events events;
    const Fed fed = speaker->feed(input, out, events);
    ASSERT_LE(fed.used, input.size()) << "seed " << i;
    for (const ByteView message : events.messages) {
      ASSERT_GE(message.data(), input.data()) << "seed " << i;
      ASSERT_LE(message.data() + message.size(), input.data() + input.size()) << "seed " << i;
    }
  }
}

// A server that sends `head` and then `filler` without end must be refused in time.
inline void expect_bound(Speaker& speaker, std::string head, char filler) {
  head.append(2 * input_bytes_max, filler);
  Bytes out;
  Events events;
  EXPECT_FALSE(speaker.feed(as_bytes(head), out, events).error.empty());
}

}  // namespace tocsin::bench::compare
