#include "dispatcher/send/releases.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tocsin::dispatcher {
namespace {

constexpr AppId app{1};

TEST(Releases, ATokenIsForOneSendOnce) {
  Releases releases;
  const std::string token = releases.hold(app, "print", 0);
  EXPECT_FALSE(releases.release(app, "other", token, 1));
  EXPECT_FALSE(releases.release(AppId{2}, "print", token, 1));
  EXPECT_FALSE(releases.release(app, "print", "guess", 1));
  EXPECT_TRUE(releases.release(app, "print", token, 1));
  EXPECT_FALSE(releases.release(app, "print", token, 1));
}

TEST(Releases, ATokenEnds) {
  Releases releases;
  const std::string early = releases.hold(app, "print", 0);
  const std::string late = releases.hold(app, "print", 1);
  EXPECT_FALSE(releases.release(app, "print", early, limits::release_ms_max));
  EXPECT_TRUE(releases.release(app, "print", late, limits::release_ms_max));
}

TEST(Releases, TheOldestGoesWhenThereAreTooMany) {
  Releases releases;
  const std::string first = releases.hold(app, "print", 0);
  const std::string second = releases.hold(app, "print", 0);
  for (size_t i = 1; i < limits::releases_max; ++i) releases.hold(app, "more", 0);
  EXPECT_FALSE(releases.release(app, "print", first, 1));
  EXPECT_TRUE(releases.release(app, "print", second, 1));
}

}  // namespace
}  // namespace tocsin::dispatcher
