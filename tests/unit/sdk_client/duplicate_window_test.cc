#include "sdk_client/duplicate_window.h"

#include <vector>

#include <gtest/gtest.h>

namespace tocsin::sdk_client {
namespace {

std::vector<uint64_t> newest_first(const DuplicateWindow& window) {
  std::vector<uint64_t> ids;
  for (size_t age = 0; age < window.size(); ++age) ids.push_back(window.newest(age).value);
  return ids;
}

TEST(DuplicateWindowTest, KnowsWhatItHasSeen) {
  std::vector<MessageId> memory(4);
  DuplicateWindow window(memory);
  EXPECT_EQ(window.add(MessageId{1}), 0u) << "unknown: the size from before";
  EXPECT_EQ(window.add(MessageId{2}), 1u);
  EXPECT_EQ(window.add(MessageId{1}), 1u) << "known: it was the second newest";
  EXPECT_EQ(window.size(), 2u);
}

TEST(DuplicateWindowTest, TheOldestFallsOut) {
  std::vector<MessageId> memory(3);
  DuplicateWindow window(memory);
  for (uint64_t id = 1; id <= 4; ++id) window.add(MessageId{id});
  EXPECT_EQ(newest_first(window), (std::vector<uint64_t>{4, 3, 2}));
  EXPECT_EQ(window.add(MessageId{1}), 3u) << "forgotten";
}

TEST(DuplicateWindowTest, WhatIsRepeatedBecomesTheNewest) {
  std::vector<MessageId> memory(4);
  DuplicateWindow window(memory);
  for (uint64_t id = 1; id <= 6; ++id) window.add(MessageId{id});
  window.add(MessageId{4});
  EXPECT_EQ(newest_first(window), (std::vector<uint64_t>{4, 6, 5, 3}));
  window.add(MessageId{7});
  EXPECT_EQ(newest_first(window), (std::vector<uint64_t>{7, 4, 6, 5}));
  window.add(MessageId{7});
  EXPECT_EQ(newest_first(window), (std::vector<uint64_t>{7, 4, 6, 5}));
}

TEST(DuplicateWindowTest, AnIdCanBePutBehindTheNewest) {
  std::vector<MessageId> memory(4);
  DuplicateWindow window(memory);
  window.add_behind(0, MessageId{1});
  window.add(MessageId{2});
  window.add(MessageId{3});
  window.add_behind(2, MessageId{8});
  EXPECT_EQ(newest_first(window), (std::vector<uint64_t>{3, 2, 8, 1}));
  window.add_behind(2, MessageId{9});
  EXPECT_EQ(newest_first(window), (std::vector<uint64_t>{3, 2, 9, 8})) << "the oldest fell out";
  window.add_behind(1, MessageId{8});
  EXPECT_EQ(newest_first(window), (std::vector<uint64_t>{3, 8, 2, 9})) << "known: moved";
  window.add_behind(3, MessageId{8});
  EXPECT_EQ(newest_first(window), (std::vector<uint64_t>{3, 8, 2, 9})) << "it was among those";
}

}  // namespace
}  // namespace tocsin::sdk_client
