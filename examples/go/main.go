// Five names, a constraint, a stream and a refusal: generate [HOST:PORT]
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	names "namesmith/v1"
)

func main() {
	address := "localhost:50051"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	// A response may have 64 MiB; grpc-go reads 4 MiB unless it is told otherwise.
	connection, err := grpc.Dial(address, grpc.WithInsecure(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	client := names.NewNameServiceClient(connection)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	seed := uint64(42)
	drawn, err := client.GenerateNames(ctx, &names.GenerateNamesRequest{Count: 5, Seed: &seed})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("names:", strings.Join(drawn.Names, " "), "seed:", drawn.Seed)

	longest, one := int32(6), uint64(1)
	constraint := &names.Constraint{Prefix: "ka", Suffix: "a", MaxLength: &longest}
	drawn, err = client.GenerateNames(ctx, &names.GenerateNamesRequest{
		Count: 3, Seed: &one, Constraint: constraint,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("constrained:", strings.Join(drawn.Names, " "))

	stream, err := client.StreamNames(ctx, &names.StreamNamesRequest{Count: 20000, Seed: &seed})
	count := 0
	for err == nil {
		var chunk *names.StreamNamesResponse
		if chunk, err = stream.Recv(); err == nil {
			count += len(chunk.Names)
		}
	}
	if err != io.EOF {
		log.Fatal(err)
	}
	fmt.Println("streamed:", count)

	// Every refusal names its field, in words and as google.rpc.BadRequest.
	_, err = client.GenerateNames(ctx, &names.GenerateNamesRequest{})
	refused := status.Convert(err)
	fmt.Println("refused:", refused.Code(), refused.Message())
	for _, detail := range refused.Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			fmt.Println("field:", bad.FieldViolations[0].Field)
		}
	}
}
