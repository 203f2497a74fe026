package main

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/protobuf/proto"
)

// codec marshals messages by the protobuf module that generated them. grpc-go does so itself from
// 1.60 on; Debian bookworm's is older, and knows the generator before it alone.
type codec struct{}

func (codec) Marshal(message interface{}) ([]byte, error) {
	return proto.Marshal(message.(proto.Message))
}

func (codec) Unmarshal(raw []byte, message interface{}) error {
	return proto.Unmarshal(raw, message.(proto.Message))
}

func (codec) Name() string { return "proto" }

func init() { encoding.RegisterCodec(codec{}) }
