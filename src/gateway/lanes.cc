#include "gateway/lanes.h"

#include <algorithm>

namespace tocsin::gateway {

void Lanes::push_cast(cluster::SharedEnvelope envelope, sets::OrdinalSet targets, uint64_t now_ns) {
  if (targets.empty()) return;
  std::deque<Item>& lane = lane_of(*envelope);
  lane.push_back({std::move(envelope), std::move(targets), now_ns, 0, std::nullopt});
  ++casts_;
}

void Lanes::push_direct(uint32_t slot, uint32_t generation, cluster::SharedEnvelope envelope) {
  std::deque<Item>& lane = lane_of(*envelope);
  lane.push_back({std::move(envelope), sets::OrdinalSet(), 0, slot, generation});
}

bool Lanes::take(size_t room, Run& run) {
  for (std::deque<Item>& lane : lanes_) {
    while (!lane.empty()) {
      Item& item = lane.front();
      run.envelope = item.envelope;
      run.generation = item.generation;
      if (item.generation.has_value()) {
        run.slots[0] = item.cursor;
        run.count = 1;
        lane.pop_front();
        return true;
      }
      run.count =
          item.targets.read_from(item.cursor, run.slots.data(), std::min(room, run.slots.size()));
      if (run.count == 0) {
        sent_.push_back({item.envelope->priority, item.queued_at_ns});
        lane.pop_front();
        --casts_;
        continue;
      }
      item.cursor = run.slots[run.count - 1] + 1;
      return true;
    }
  }
  return false;
}

void Lanes::forget(uint32_t slot) {
  if (casts_ == 0) return;
  for (std::deque<Item>& lane : lanes_) {
    for (Item& item : lane) {
      if (!item.generation.has_value()) item.targets.remove(slot);
    }
  }
}

void Lanes::forget_waiting(uint32_t slot) {
  if (casts_ == 0) return;
  for (std::deque<Item>& lane : lanes_) {
    for (Item& item : lane) {
      if (!item.generation.has_value() && !item.envelope->rides_at_once()) {
        item.targets.remove(slot);
      }
    }
  }
}

void Lanes::withdraw(MessageId message) {
  for (std::deque<Item>& lane : lanes_) {
    casts_ -= static_cast<size_t>(std::count_if(lane.begin(), lane.end(), [&](const Item& item) {
      return item.envelope->message == message && !item.generation.has_value();
    }));
    std::erase_if(lane, [&](const Item& item) { return item.envelope->message == message; });
  }
}

bool Lanes::empty() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane.empty(); });
}

std::deque<Lanes::Item>& Lanes::lane_of(const cluster::Envelope& envelope) {
  return lanes_[wire::priorities - static_cast<size_t>(envelope.priority)];
}

}  // namespace tocsin::gateway
