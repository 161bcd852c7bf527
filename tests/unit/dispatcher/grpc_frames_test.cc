#include "dispatcher/transport/grpc/grpc_frames.h"

#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

using Step = GrpcFrames::Step;

TEST(GrpcFrames, MessagesComeInAnyPieces) {
  const std::string body =
      grpc_frame(false, "hello") + grpc_frame(true, "") + grpc_frame(true, "x");
  for (size_t piece_bytes = 1; piece_bytes <= body.size(); ++piece_bytes) {
    GrpcFrames frames(5);
    std::string told;
    for (size_t at = 0; at < body.size(); at += piece_bytes) {
      std::string_view piece = std::string_view(body).substr(at, piece_bytes);
      GrpcMessage message;
      while (frames.take(piece, message) == Step::message) {
        told += message.bytes + (message.is_compressed ? "+" : "-") + ";";
      }
      EXPECT_TRUE(piece.empty());
    }
    EXPECT_EQ(told, "hello-;+;x+;");
    EXPECT_TRUE(frames.is_between());
  }
}

TEST(GrpcFrames, APrefixSaysTooMuchBeforeAnythingIsHeld) {
  GrpcFrames frames(5);
  const std::string body = grpc_frame(false, "123456");
  std::string_view bytes = body;
  GrpcMessage message;
  EXPECT_EQ(frames.take(bytes, message), Step::too_large);
  EXPECT_EQ(frames.held_bytes(), grpc_prefix_bytes);
  GrpcFrames four_gigabytes(5);
  bytes = std::string_view("\0\xff\xff\xff\xff", 5);
  EXPECT_EQ(four_gigabytes.take(bytes, message), Step::too_large);
}

TEST(GrpcFrames, APrefixOfAnotherKindIsBroken) {
  GrpcFrames frames(5);
  std::string_view bytes("\2\0\0\0\1x", 6);
  GrpcMessage message;
  EXPECT_EQ(frames.take(bytes, message), Step::broken);
}

TEST(GrpcFrames, HalfAMessageIsSeen) {
  const std::string body = grpc_frame(false, "hello");
  for (size_t bytes = 1; bytes < body.size(); ++bytes) {
    GrpcFrames frames(5);
    std::string_view piece = std::string_view(body).substr(0, bytes);
    GrpcMessage message;
    EXPECT_EQ(frames.take(piece, message), Step::more);
    EXPECT_FALSE(frames.is_between()) << bytes;
    EXPECT_EQ(frames.held_bytes(), bytes);
  }
}

TEST(GrpcFrame, HasItsPrefix) {
  EXPECT_EQ(grpc_frame(true, "abc"), std::string("\1\0\0\0\3abc", 8));
  EXPECT_EQ(grpc_frame(false, std::string(0x10203, 'x')).substr(0, 5),
            std::string("\0\0\1\2\3", 5));
}

}  // namespace
}  // namespace tocsin::dispatcher
